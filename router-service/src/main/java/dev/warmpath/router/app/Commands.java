package dev.warmpath.router.app;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Which commands there are, and which of them a command line can mean. */
final class Commands {
  /*
   * The model of a command is made by reflection before the JVM is warm: all together they take a
   * tenth of a second. So those that a command line does not name are not made, unless it may ask
   * for help, which lists them.
   */
  private static final List<Class<?>> OF_MAIN =
      List.of(
          DemoCommand.class,
          ServeCommand.class,
          WorkerSimCommand.class,
          ReplayCommand.class,
          RouteCommand.class,
          VersionCommand.class);
  private static final List<Class<?>> OF_REPLAY =
      List.of(
          CapacityCommand.class,
          SensitivityCommand.class,
          SweepCommand.class,
          CompareCommand.class,
          CalibrateCommand.class);

  private Commands() {}

  /** Adds all commands, to the last. */
  static void addAll(CommandLine main) {
    add(main, OF_MAIN, OF_REPLAY);
  }

  /** Adds those that matter for these arguments: what is parsed and printed is the same. */
  static void addNamed(CommandLine main, String... args) {
    boolean named = args.length > 0 && isNamed(args[0], OF_MAIN);
    add(
        main,
        named ? named(OF_MAIN, args[0]) : OF_MAIN,
        named && Arrays.stream(args).noneMatch(Commands::mayAskForHelp)
            ? named(OF_REPLAY, args)
            : OF_REPLAY);
  }

  private static void add(CommandLine main, List<Class<?>> ofMain, List<Class<?>> ofReplay) {
    for (Class<?> type : ofMain) {
      main.addSubcommand(type);
    }
    CommandLine replay = main.getSubcommands().get(name(ReplayCommand.class));
    if (replay != null) {
      for (Class<?> type : ofReplay) {
        replay.addSubcommand(type);
      }
    }
  }

  /** Short flags may come together; behind an @ is a file with more arguments. */
  private static boolean mayAskForHelp(String arg) {
    boolean shortFlags = arg.startsWith("-") && !arg.startsWith("--");
    return shortFlags || arg.equals("--help") || arg.startsWith("@");
  }

  private static List<Class<?>> named(List<Class<?>> all, String... args) {
    List<String> names = List.of(args);
    return all.stream().filter(type -> names.contains(name(type))).toList();
  }

  private static boolean isNamed(String arg, List<Class<?>> all) {
    return all.stream().anyMatch(type -> name(type).equals(arg));
  }

  private static String name(Class<?> type) {
    Command command = type.getAnnotation(Command.class);
    if (command == null) {
      throw new IllegalStateException(type + " is no command");
    }
    return command.name();
  }
}
