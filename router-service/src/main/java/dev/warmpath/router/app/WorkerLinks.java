package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.CacheSnapshotSource;
import dev.warmpath.indexer.ingest.EventTransport;
import dev.warmpath.router.fleet.Worker;

/** How workers reach routers: events, resyncs and membership. */
interface WorkerLinks {
  /** Carries the events of all workers. */
  EventTransport transport();

  /**
   * Makes a worker known to the routers and answers their resync requests.
   *
   * @return what takes the worker out again, at once
   */
  AutoCloseable join(Worker worker, CacheSnapshotSource source) throws Exception;
}
