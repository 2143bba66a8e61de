package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.v1.FleetReply;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.function.Consumer;

/**
 * One caller that watches the fleet. A slow one gets the latest fleet when it is ready again, never
 * a backlog. The registry's and the transport's threads.
 */
final class FleetWatch implements Consumer<Fleet> {
  private final FleetRegistry registry;
  private final FleetReplies replies;
  private final String model;
  private final ServerCallStreamObserver<FleetReply> call;
  private long sentVersion = -1;

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

  /** Sends the fleet at once and after each change, until the caller goes. */
  static void start(
      FleetRegistry registry,
      FleetReplies replies,
      String model,
      ServerCallStreamObserver<FleetReply> call) {
    FleetWatch watch = new FleetWatch(registry, replies, model, call);
    call.setOnCancelHandler(() -> registry.unwatch(watch));
    call.setOnReadyHandler(watch::send);
    registry.watch(watch);
  }

  @Override
  public void accept(Fleet changed) {
    send();
  }

  private synchronized void send() {
    Fleet fleet = registry.current();
    if (fleet.version() != sentVersion && call.isReady() && !call.isCancelled()) {
      sentVersion = fleet.version();
      call.onNext(replies.fleet(fleet, model));
    }
  }
}
