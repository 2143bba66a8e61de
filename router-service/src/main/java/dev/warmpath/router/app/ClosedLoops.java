package dev.warmpath.router.app;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.serve.RunRecord;
import dev.warmpath.router.replay.serve.ServingRun;
import java.util.List;
import java.util.function.LongConsumer;

/** What {@code --closed-loop} asks for. */
final class ClosedLoops {
  private static final String FLAG = "--closed-loop";
  private static final List<String> KEYS = List.of("c", "isl", "osl", "count", "warmup");

  private final LoopArguments loop;
  private final Synthetic load;
  private final List<Integer> clients;

  private ClosedLoops(List<String> arguments, Deployment deployment) {
    this.loop = new LoopArguments(FLAG, arguments, KEYS);
    this.load = MadeLoad.of(loop, deployment);
    this.clients = loop.list("c");
  }

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException naming flag, key and value
   */
  static ClosedLoops of(List<String> arguments, Deployment deployment) {
    return new ClosedLoops(arguments, deployment);
  }

  /**
   * Checks the arguments before there is a deployment.
   *
   * @throws IllegalArgumentException naming flag, key and value
   */
  static void check(List<String> arguments) {
    LoopArguments loop = new LoopArguments(FLAG, arguments, KEYS);
    List<Integer> clients = loop.list("c");
    MadeLoad.check(loop);
    for (int some : clients) {
      count(loop, some);
      warmup(loop, some);
    }
  }

  private static int count(LoopArguments loop, int some) {
    return loop.multiple("count", "10x", some);
  }

  private static int warmup(LoopArguments loop, int some) {
    return loop.multiple("warmup", "2x", some);
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
    return count(loop, some);
  }

  /** Plays the loop of so many clients, after its warm-up. */
  RunRecord play(ServingRun serving, int some, long seed, LongConsumer progress) {
    return serving.closedLoop(load, some, warmup(loop, some), count(some), seed, progress);
  }
}
