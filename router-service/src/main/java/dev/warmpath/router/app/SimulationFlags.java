package dev.warmpath.router.app;

import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.replay.EngineSpeed;
import java.net.InetSocketAddress;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What simulated workers are like. */
final class SimulationFlags {
  private static final int MOST_WORKERS = 1_000;

  @Option(names = "--workers", paramLabel = "N", defaultValue = "4", description = "Workers.")
  private int workers;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      defaultValue = "2",
      description = "Data-parallel ranks a worker.")
  private int ranks;

  @Option(
      names = "--name",
      paramLabel = "PREFIX",
      defaultValue = "sim",
      description = "Worker ids are PREFIX-0, PREFIX-1, ...")
  private String name = "sim";

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "demo",
      description = "Model that they say they serve.")
  private String model = "demo";

  @Option(
      names = "--block-size",
      paramLabel = "N",
      defaultValue = "64",
      description = "Tokens in a KV block.")
  private int blockSize;

  @Option(
      names = "--blocks",
      paramLabel = "N",
      defaultValue = "20000",
      description = "Blocks that a rank can hold.")
  private int blocks;

  @Option(
      names = "--prefill-rate",
      paramLabel = "TOKENS/S",
      defaultValue = "10000",
      description = "Prompt tokens that a rank computes in a second.")
  private double prefillRate;

  @Option(
      names = "--decode-ms",
      paramLabel = "MS",
      defaultValue = "20",
      description = "Time between two output tokens.")
  private double decodeMillis;

  @Option(
      names = "--speedup",
      paramLabel = "FACTOR",
      defaultValue = "1",
      description = "Engine seconds in a real second.")
  private double speedup;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address to listen on, and to register.")
  private String host = "127.0.0.1";

  @Option(
      names = "--lose-events",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Share of event batches lost on purpose, 0 to 1.")
  private double lossShare;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Where all chance comes from.")
  private long seed;

  /** Engine seconds in a real second; {@link #options} checks it. */
  double speedup() {
    return speedup;
  }

  /** The model that the workers say they serve. */
  String model() {
    return model;
  }

  /**
   * The fleet.
   *
   * @throws IllegalArgumentException naming the flag and the value that does not fit
   */
  SimulatedFleetOptions options() {
    if (!name.matches("[A-Za-z0-9_-]{1,200}")) {
      throw new IllegalArgumentException(
          "--name must be 1 to 200 of A-Z a-z 0-9 - _, was '%s'".formatted(name));
    }
    if (model.isEmpty() || model.length() > Worker.MAX_NAME_LENGTH) {
      throw new IllegalArgumentException(
          "--model must have 1 to %d characters, has %d"
              .formatted(Worker.MAX_NAME_LENGTH, model.length()));
    }
    if (new InetSocketAddress(host, 0).isUnresolved()) {
      throw new IllegalArgumentException("--host '%s' is unknown".formatted(host));
    }
    Flags.checkAbove("--speedup", speedup, 0);
    Flags.checkAtLeast("--workers", workers, 1);
    Flags.checkAtMost("--workers", workers, MOST_WORKERS);
    Flags.checkAtLeast("--ranks", ranks, 1);
    Flags.checkAtMost("--ranks", ranks, Worker.MAX_RANKS);
    Flags.checkAtLeast("--block-size", blockSize, 1);
    Flags.checkAtMost("--block-size", blockSize, Worker.MAX_BLOCK_SIZE);
    Flags.checkAtLeast("--blocks", blocks, 1);
    Flags.checkAbove("--prefill-rate", prefillRate, 0);
    Flags.checkAtLeast("--decode-ms", decodeMillis, 0);
    Flags.checkShare("--lose-events", lossShare);
    long nanosPerToken = Math.round(decodeMillis * Duration.ofMillis(1).toNanos());
    return new SimulatedFleetOptions(
        name,
        workers,
        ranks,
        model,
        blockSize,
        blocks,
        new EngineSpeed(prefillRate, nanosPerToken, EngineSpeed.UNLIMITED),
        host,
        lossShare,
        seed);
  }
}
