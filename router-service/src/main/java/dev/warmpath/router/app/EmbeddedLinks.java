package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.CacheSnapshotSource;
import dev.warmpath.indexer.ingest.EventTransport;
import dev.warmpath.indexer.ingest.InProcessBus;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.v1.WorkerLoad;
import java.util.function.Consumer;

/**
 * Workers in the router's own process: no server between them.
 *
 * @param bus carries events and resyncs
 * @param loads takes what the workers say of their load
 * @param registry the router's fleet
 */
record EmbeddedLinks(InProcessBus bus, Consumer<WorkerLoad> loads, FleetRegistry registry)
    implements WorkerLinks {
  @Override
  public EventTransport transport() {
    return bus;
  }

  @Override
  public AutoCloseable join(Worker worker, CacheSnapshotSource source) {
    bus.register(worker.id(), source);
    String refusal = registry.put(worker);
    if (refusal != null) {
      throw new CommandFailedException("worker '%s': %s".formatted(worker.id(), refusal));
    }
    return () -> {
      registry.remove(worker.id());
      bus.unregister(worker.id());
    };
  }
}
