package io.mooring.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Writes what tests publish, seeds and figures, to {@code target/reported.txt}: Maven's plugins
 * drop it.
 */
public final class ReportedEntries implements TestExecutionListener {

  private static final Path FILE = Path.of("target", "reported.txt");

  @Override
  public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
    StringBuilder text = new StringBuilder();
    entry
        .getKeyValuePairs()
        .forEach(
            (key, value) ->
                text.append(entry.getTimestamp())
                    .append(' ')
                    .append(test.getDisplayName())
                    .append(": ")
                    .append(key)
                    .append(" = ")
                    .append(value)
                    .append('\n'));
    try {
      Files.writeString(
          FILE, text, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
