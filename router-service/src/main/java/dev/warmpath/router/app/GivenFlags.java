package dev.warmpath.router.app;

import java.util.function.Predicate;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The flags that a command line gives, of those that do not go with what it asks for. */
final class GivenFlags {
  private GivenFlags() {}

  /**
   * Refuses the first of them.
   *
   * @param why the rest of the complaint, behind the flag and its value
   * @throws IllegalArgumentException naming it and its value
   */
  static void refuse(ParseResult given, Predicate<OptionSpec> unfit, String why) {
    given.matchedOptions().stream()
        .filter(unfit)
        .findFirst()
        .ifPresent(flag -> {
          throw new IllegalArgumentException(asGiven(flag) + " " + why);
        });
  }

  private static String asGiven(OptionSpec flag) {
    return flag.arity().max() == 0
        ? flag.longestName()
        : flag.longestName() + " " + String.join(" ", flag.stringValues());
  }
}
