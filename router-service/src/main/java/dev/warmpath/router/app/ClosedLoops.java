package dev.warmpath.router.app;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.serve.RunRecord;
import dev.warmpath.router.replay.serve.ServingRun;
import java.util.List;
import java.util.function.LongConsumer;

/** What {@code --closed-loop} asks for. */
final class ClosedLoops {
  private static final List<String> KEYS = List.of("c", "isl", "osl", "count", "warmup");

  private final LoopArguments loop;
  private final Synthetic load;
  private final List<Integer> clients;

  private ClosedLoops(LoopArguments loop, Deployment deployment) {
    this.loop = loop;
    this.load = MadeLoad.of(loop, deployment);
    this.clients = loop.list("c");
  }

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException naming flag, key and value
   */
  static ClosedLoops of(List<String> arguments, Deployment deployment) {
    return new ClosedLoops(new LoopArguments("--closed-loop", arguments, KEYS), deployment);
  }

  /** The numbers of clients, as given. */
  List<Integer> clients() {
    return clients;
  }

  /** What the clients send. */
  Synthetic load() {
    return load;
  }

  /** Requests that count, of so many clients. */
  int count(int some) {
    return loop.multiple("count", "10x", some);
  }

  /** Plays the loop of so many clients, after its warm-up. */
  RunRecord play(ServingRun serving, int some, long seed, LongConsumer progress) {
    int warmup = loop.multiple("warmup", "2x", some);
    return serving.closedLoop(load, some, warmup, count(some), seed, progress);
  }
}
