package dev.warmpath.router.app;

import dev.warmpath.router.replay.SynthesisOptions;
import dev.warmpath.router.replay.SynthesisOptions.Arrivals;
import picocli.CommandLine.Option;

/** Flags of {@code warmpath replay --synthesize}. */
final class SynthesisFlags {
  @Option(
      names = "--synthesize",
      required = true,
      description =
          "Write a Mooncake trace: conversations that start with a shared prefix and send their"
              + " history with each turn.")
  @SuppressWarnings("UnusedVariable") // Given with any other flag of the group, or all are refused.
  private boolean asked;

  @Option(names = "--requests", paramLabel = "N", defaultValue = "10000", description = "Requests.")
  private int requests;

  @Option(
      names = "--arrivals",
      paramLabel = "KIND",
      defaultValue = "poisson",
      description = "poisson, or bursty: groups of about 10 at one instant.",
      converter = ArrivalsConverter.class)
  private Arrivals arrivals = Arrivals.POISSON;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "3.4",
      description = "Requests a second, on average.")
  private double rate;

  @Option(
      names = "--prefixes",
      paramLabel = "N",
      defaultValue = "200",
      description = "Nodes of the tree of shared prefixes.")
  private int prefixes;

  @Option(
      names = "--zipf",
      paramLabel = "N",
      defaultValue = "1.0",
      description = "How unequal the prefixes' popularity is; 0 for equal.")
  private double zipf;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      defaultValue = "300",
      description = "Conversations that go on at the same time.")
  private int sessions;

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "3",
      description = "Requests of a conversation, on average.")
  private double turns;

  /** For {@code --arrivals}. */
  static final class ArrivalsConverter extends LowerCase<Arrivals> {
    ArrivalsConverter() {
      super(Arrivals.class);
    }
  }

  /**
   * The options for the synthesizer.
   *
   * @throws IllegalArgumentException naming the flag and the value that does not fit
   */
  SynthesisOptions options(int blockSize, long seed) {
    Flags.checkAtLeast("--requests", requests, 1);
    Flags.checkAtLeast("--prefixes", prefixes, 1);
    Flags.checkAtLeast("--sessions", sessions, 1);
    Flags.checkAbove("--rate", rate, 0);
    Flags.checkAtLeast("--zipf", zipf, 0);
    Flags.checkAtLeast("--turns", turns, 1);
    return new SynthesisOptions(
        requests, blockSize, arrivals, rate, prefixes, zipf, sessions, turns, seed);
  }
}
