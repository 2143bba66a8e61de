package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.v1.FleetReply;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One caller that watches the fleet: who is in it, and whom the operator drains. A slow one gets
 * the latest fleet when it is ready again, never a backlog. Any thread.
 */
final class FleetWatch implements Consumer<Fleet> {
  private final FleetRegistry registry;
  private final FleetReplies replies;
  private final String model;
  private final ServerCallStreamObserver<FleetReply> call;
  private long sentVersion = -1;
  private Set<String> sentDrained = Set.of();

  private FleetWatch(
      FleetRegistry registry,
      FleetReplies replies,
      String model,
      ServerCallStreamObserver<FleetReply> call) {
    this.registry = registry;
    this.replies = replies;
    this.model = model;
    this.call = call;
  }

  /**
   * Sends the fleet at once and after each change, until the caller goes.
   *
   * @param watches has it as long as it goes on; who changes whom the operator drains calls {@link
   *     #send} of each
   */
  static void start(
      FleetRegistry registry,
      FleetReplies replies,
      String model,
      ServerCallStreamObserver<FleetReply> call,
      Set<FleetWatch> watches) {
    FleetWatch watch = new FleetWatch(registry, replies, model, call);
    call.setOnCancelHandler(() -> {
      registry.unwatch(watch);
      watches.remove(watch);
    });
    call.setOnReadyHandler(watch::send);
    watches.add(watch);
    registry.watch(watch);
  }

  @Override
  public void accept(Fleet changed) {
    send();
  }

  /** Sends what has changed since it last sent, if anything. */
  synchronized void send() {
    Fleet fleet = registry.current();
    Set<String> drained = replies.drainedWorkers();
    boolean changed = fleet.version() != sentVersion || !drained.equals(sentDrained);
    if (changed && call.isReady() && !call.isCancelled()) {
      sentVersion = fleet.version();
      sentDrained = drained;
      call.onNext(replies.fleet(fleet, model));
    }
  }
}
