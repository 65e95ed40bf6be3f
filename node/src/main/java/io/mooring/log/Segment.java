package io.mooring.log;

import java.util.HexFormat;
import java.util.regex.Pattern;

/** A segment file by its name, and its header. */
record Segment(String name, SegmentHeader header) {

  static final String TEMPORARY_SUFFIX = ".tmp";

  private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}\\.seg");

  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  static String nameOf(long firstIndex) {
    return HexFormat.of().toHexDigits(firstIndex) + ".seg";
  }

  long firstIndex() {
    return header.firstIndex();
  }
}
