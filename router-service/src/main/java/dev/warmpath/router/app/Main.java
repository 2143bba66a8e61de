package dev.warmpath.router.app;

import java.io.PrintWriter;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: {@code warmpath COMMAND}. Exit codes: 0 good, 1 failed, 2 wrong usage. */
@Command(
    name = "warmpath",
    description = "Sends each LLM request to the GPU that already holds its prompt's prefix.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Main implements Runnable {
  /** The command did not do what it should. */
  static final int FAILED = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    logEverythingInOnePlace();
    int exitCode = commandLineFor(args).execute(args);
    System.out.flush();
    Runtime.getRuntime().exit(exitCode);
  }

  /** What libraries tell java.util.logging, gRPC above all, goes where everything else goes. */
  private static void logEverythingInOnePlace() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  /** The command line with all its commands. */
  static CommandLine commandLine() {
    CommandLine main = new CommandLine(new Main());
    Commands.addAll(main);
    return configured(main);
  }

  /** The command line with those of its commands that arguments can mean. */
  static CommandLine commandLineFor(String... args) {
    CommandLine main = new CommandLine(new Main());
    Commands.addNamed(main, args);
    return configured(main);
  }

  private static CommandLine configured(CommandLine main) {
    main.setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed);
    for (CommandLine command : main.getSubcommands().values()) {
      command.getCommandSpec().versionProvider(new Version());
    }
    return main;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  private static int wrongUsage(ParameterException error, String[] args) {
    CommandLine command = error.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("warmpath: " + describeWrongUsage(error));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  private static int failed(Exception error, CommandLine command, ParseResult parsed) {
    command.getErr().println("warmpath: " + describe(error));
    if (System.getenv("WARMPATH_STACK_TRACES") != null) {
      error.printStackTrace(command.getErr());
    }
    return FAILED;
  }

  private static String describeWrongUsage(ParameterException error) {
    CommandLine command = error.getCommandLine();
    boolean isRoot = command.getParent() == null;
    if (isRoot && error instanceof UnmatchedArgumentException e && !e.isUnknownOption()) {
      return "'%s' is no command: choose from %s"
          .formatted(
              e.getUnmatched().getFirst(), String.join(", ", command.getSubcommands().keySet()));
    }
    return describe(error);
  }

  /** A message a person can act on: the error's own, or its kind where it has none. */
  private static String describe(Exception error) {
    String message = error.getMessage();
    return message == null ? error.getClass().getSimpleName() : oneLine(message);
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
