package io.mooring.boot.config;

/** Shows a user's text inside one line of ours. */
final class Quote {

  private static final int MAX_LENGTH = 120;

  private Quote() {}

  /** In double quotes, control characters escaped, cut when it is very long. */
  static String of(String text) {
    StringBuilder out = new StringBuilder("\"");
    int length = Math.min(text.length(), MAX_LENGTH);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (Character.isISOControl(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append(text.length() > length ? "...\"" : "\"").toString();
  }
}
