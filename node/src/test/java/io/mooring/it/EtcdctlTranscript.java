package io.mooring.it;

import io.mooring.it.Etcdctl.Printed;
import io.mooring.it.Etcdctl.Running;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * Plays lines of a transcript as {@code etcdctl} commands, and prints what no two servers can say
 * alike by names: leases as L1, L2 in the order of their grants, ids and seconds as words.
 *
 * <ul>
 *   <li>{@code put a 'b c'}: a command; {@code << a\nb\n} behind it is its input; an exit code
 *       other than 0 is printed.
 *   <li>{@code W = watch -i}: the same, in the background, under a name.
 *   <li>{@code W << watch a\n}: more input for it.
 *   <li>{@code W 3}: the next three lines that it prints, and waits for them.
 *   <li>{@code W stop}: ends it, and prints what is left.
 * </ul>
 */
final class EtcdctlTranscript implements Function<String, String>, AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
  private static final Pattern BACKGROUND = Pattern.compile("([A-Z]) (=|<<|stop|\\d+) ?(.*)");
  private static final Pattern GRANTED =
      Pattern.compile("^lease ([0-9a-f]{16}) granted|^\"ID\" : (\\d+)$");
  private static final Pattern KEYS = Pattern.compile("attached keys\\(\\[(.*)\\]\\)");
  private static final Pattern IDENTITY =
      Pattern.compile("(\"(?:ClusterID|MemberID|RaftTerm)\" : )[1-9]\\d*");

  private final Etcdctl etcdctl;
  private final Map<String, Running> running = new HashMap<>();
  private final Map<String, Integer> shown = new HashMap<>();
  private final Map<String, String> leases = new LinkedHashMap<>();

  EtcdctlTranscript(Etcdctl etcdctl) {
    this.etcdctl = etcdctl;
  }

  @Override
  public String apply(String line) {
    Matcher background = BACKGROUND.matcher(line);
    if (!background.matches()) {
      return run(line);
    }
    String name = background.group(1);
    return switch (background.group(2)) {
      case "=" -> begin(name, background.group(3));
      case "<<" -> {
        running.get(name).type(background.group(3).replace("\\n", "\n"));
        yield "";
      }
      case "stop" -> end(name);
      default -> next(name, Integer.parseInt(background.group(2)));
    };
  }

  private String run(String line) {
    String[] parts = line.split(" << ", 2);
    String input = parts.length == 2 ? parts[1].replace("\\n", "\n") : "";
    Printed printed = etcdctl.run(input, words(parts[0]));
    printed.lines().forEach(this::nameLease);
    return show(printed.lines())
        + (printed.exitCode() == 0 ? "" : "exit " + printed.exitCode() + "\n");
  }

  private void nameLease(String text) {
    Matcher granted = GRANTED.matcher(text);
    if (granted.find()) {
      String id =
          granted.group(1) != null
              ? granted.group(1)
              : String.format("%016x", Long.parseLong(granted.group(2)));
      if (!leases.containsValue(id)) {
        leases.put("L" + (leases.size() + 1), id);
      }
    }
  }

  private String begin(String name, String line) {
    running.put(name, etcdctl.start(words(line)));
    shown.put(name, 0);
    return "";
  }

  private String next(String name, int count) {
    int from = shown.get(name);
    Running program = running.get(name);
    try {
      Awaitility.await().atMost(LIMIT).until(() -> program.lines().size() >= from + count);
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      return show(program.lines().subList(from, program.lines().size())) + "and no more\n";
    }
    shown.put(name, from + count);
    return show(program.lines().subList(from, from + count));
  }

  private String end(String name) {
    try (Running program = running.remove(name)) {
      program.interrupt();
      List<String> lines = program.lines();
      return show(lines.subList(shown.get(name), lines.size()));
    }
  }

  private List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(line);
    while (matcher.find()) {
      String word = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      for (Map.Entry<String, String> lease : leases.entrySet()) {
        word = word.replaceAll("\\b" + lease.getKey() + "\\b", lease.getValue());
      }
      words.add(word);
    }
    return words;
  }

  /** Empty lines, which end a block of a transcript, are shown as a dot. */
  private String show(List<String> lines) {
    StringBuilder out = new StringBuilder();
    for (String line : lines) {
      String shownLine = IDENTITY.matcher(line).replaceAll("$1ours");
      for (Map.Entry<String, String> lease : leases.entrySet()) {
        String decimal = Long.toString(Long.parseUnsignedLong(lease.getValue(), 16));
        shownLine =
            shownLine.replace(lease.getValue(), lease.getKey()).replace(decimal, lease.getKey());
      }
      shownLine =
          KEYS.matcher(shownLine)
              .replaceAll(keys -> "attached keys(" + sorted(keys.group(1)) + ")")
              .replaceAll("remaining\\(\\d+s\\)", "remaining(some s)")
              .replaceAll("/[0-9a-f]{9,16}$", "/session");
      out.append(shownLine.isEmpty() ? "." : shownLine).append('\n');
    }
    return out.toString();
  }

  /** etcd gives the keys of a lease in no order. */
  private static List<String> sorted(String keys) {
    return List.of(keys.split(" ")).stream().sorted().toList();
  }

  @Override
  public void close() {
    running.values().forEach(Running::close);
  }
}
