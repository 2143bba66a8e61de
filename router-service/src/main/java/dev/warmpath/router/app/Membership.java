package dev.warmpath.router.app;

import dev.warmpath.router.discovery.DiscoveryCounters;
import dev.warmpath.router.discovery.EtcdMembership;
import dev.warmpath.router.discovery.EtcdUnavailableException;
import dev.warmpath.router.discovery.FleetFileException;
import dev.warmpath.router.discovery.MembershipState;
import dev.warmpath.router.discovery.StaticFleetFile;
import dev.warmpath.router.fleet.FleetRegistry;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a router's fleet comes from.
 *
 * @param state how fresh the fleet is
 * @param counters what was refused and repaired
 * @param source what is to be closed
 */
record Membership(
    Supplier<MembershipState> state, DiscoveryCounters counters, AutoCloseable source) {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
  private static final Duration FILE_POLL = Duration.ofSeconds(1);
  private static final Duration ETCD_PATIENCE = Duration.ofSeconds(3);

  /**
   * Starts to fill {@code registry} from etcd, from a file, or from nowhere: an embedded fleet is
   * put there by its maker. An etcd that does not answer yet is waited for in the background.
   */
  static Membership start(RouterOptions options, FleetRegistry registry)
      throws FleetFileException, InterruptedException {
    DiscoveryCounters counters = new DiscoveryCounters();
    if (options.etcd() != null) {
      EtcdMembership etcd = new EtcdMembership(options.etcd(), registry, counters);
      etcd.start();
      try {
        etcd.awaitFirstList(ETCD_PATIENCE);
      } catch (EtcdUnavailableException e) {
        LOG.warn("{}; serving without workers until it answers", e.getMessage());
      }
      return new Membership(etcd::state, counters, etcd);
    }
    if (options.fleetFile() != null) {
      StaticFleetFile file =
          new StaticFleetFile(options.fleetFile(), registry, counters, FILE_POLL);
      file.start();
      return new Membership(file::state, counters, file);
    }
    MembershipState embedded =
        new MembershipState(true, System.nanoTime(), true, System.nanoTime());
    return new Membership(() -> embedded, counters, () -> {});
  }
}
