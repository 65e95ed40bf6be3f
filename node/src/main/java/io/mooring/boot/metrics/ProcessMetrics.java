package io.mooring.boot.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import io.mooring.loop.LoopDelay;
import java.lang.management.ManagementFactory;
import java.util.List;

/** The process, and how promptly its loops run. What begins with {@code jvm_} is the library's. */
final class ProcessMetrics {

  private ProcessMetrics() {}

  /** Needs the management classes. */
  static void registerFiles(Registrar registrar) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      registrar.gauge("os_fd_used", "File descriptors in use.", unix::getOpenFileDescriptorCount);
      registrar.gauge("os_fd_limit", "File descriptors allowed.", unix::getMaxFileDescriptorCount);
    }
  }

  static void register(Registrar registrar, Sources sources) {
    registrar.histograms(
        "mooring_loop_delay_seconds",
        "How late a loop runs a timer: what a request waits for before anybody looks at it.",
        Registrar.SECONDS,
        new String[] {"loop"},
        all -> {
          for (LoopDelay loop : sources.loops()) {
            all.show(List.of(loop.delayNs()), loop.name());
          }
        });
  }
}
