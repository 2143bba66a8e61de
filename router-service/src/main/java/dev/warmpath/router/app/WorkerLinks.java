package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.CacheSnapshotSource;
import dev.warmpath.indexer.ingest.EventTransport;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.v1.WorkerLoad;
import java.util.function.Consumer;

/** How workers reach routers: events, resyncs, load and membership. */
interface WorkerLinks {
  /** Carries the events of all workers. */
  EventTransport transport();

  /** Carries what workers say of their load; whatever cannot be sent is dropped. Never blocks. */
  Consumer<WorkerLoad> loads();

  /**
   * Makes a worker known to the routers and answers their resync requests.
   *
   * @return what takes the worker out again, at once
   */
  AutoCloseable join(Worker worker, CacheSnapshotSource source) throws Exception;
}
