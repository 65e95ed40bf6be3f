package io.mooring.boot;

import io.mooring.boot.config.NodeConfig.Logs;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.AppenderComponentBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.api.LayoutComponentBuilder;
import org.apache.logging.log4j.core.config.builder.api.RootLoggerComponentBuilder;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;

/**
 * Sets up the log backend of the program, before the first logger is asked for. Embedders bring
 * their own backend and never call this.
 */
final class Logging {

  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'}{UTC} %-5level %logger{1} %msg%n%throwable";

  private Logging() {}

  /** Installs level, format and outputs. */
  static LoggerContext install(Logs logs) {
    ConfigurationBuilder<BuiltConfiguration> builder =
        ConfigurationBuilderFactory.newConfigurationBuilder();
    builder.setStatusLevel(Level.ERROR).setShutdownHook("disable");
    RootLoggerComponentBuilder root = builder.newRootLogger(Level.valueOf(logs.level()));
    int number = 0;
    for (String output : logs.outputs()) {
      String name = "output" + number++;
      builder.add(appender(builder, name, output).add(layout(builder, logs.json())));
      root.add(builder.newAppenderRef(name));
    }
    builder.add(root);
    if (!logs.level().equals("DEBUG")) {
      // Their warnings concern our code, not the operator.
      builder.add(builder.newLogger("io.netty", Level.ERROR));
      // One error for each connection that does not speak HTTP: anybody could fill the log.
      builder.add(builder.newLogger("io.vertx.core.net.impl.ConnectionBase", Level.OFF));
    }
    return Configurator.initialize(builder.build());
  }

  private static AppenderComponentBuilder appender(
      ConfigurationBuilder<BuiltConfiguration> builder, String name, String output) {
    return switch (output) {
      case "stderr" ->
          builder
              .newAppender(name, "Console")
              .addAttribute("target", ConsoleAppender.Target.SYSTEM_ERR);
      case "stdout" ->
          builder
              .newAppender(name, "Console")
              .addAttribute("target", ConsoleAppender.Target.SYSTEM_OUT);
      default -> builder.newAppender(name, "File").addAttribute("fileName", output);
    };
  }

  private static LayoutComponentBuilder layout(
      ConfigurationBuilder<BuiltConfiguration> builder, boolean json) {
    return json
        ? builder
            .newLayout("JsonTemplateLayout")
            .addAttribute("eventTemplateUri", "classpath:io/mooring/boot/log-template.json")
        : builder.newLayout("PatternLayout").addAttribute("pattern", PATTERN);
  }
}
