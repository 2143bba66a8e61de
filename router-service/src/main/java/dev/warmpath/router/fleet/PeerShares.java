package dev.warmpath.router.fleet;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which router a target is the first concern of, where several routers book on the same fleet: the
 * targets of each model and role, by worker id and rank, are dealt to the routers in turn. All
 * routers that see the same fleet and the same routers deal alike. Immutable.
 */
public final class PeerShares {
  /** There is no other router. */
  public static final PeerShares NONE = new PeerShares(1, 0, 0, new int[0], new int[0], new int[0]);

  /** How long word of a booking may take to another router, nanoseconds. */
  public static final long FLIGHT_NANOS = Duration.ofMillis(5).toNanos();

  private static final int NO_POOL = -1;

  private final int routers;
  private final int self;
  private final long flightNanos;
  private final int[] poolOfSlot;
  private final int[] routerOfSlot;
  private final int[] shareSizes;

  private PeerShares(
      int routers,
      int self,
      long flightNanos,
      int[] poolOfSlot,
      int[] routerOfSlot,
      int[] shareSizes) {
    this.routers = routers;
    this.self = self;
    this.flightNanos = flightNanos;
    this.poolOfSlot = poolOfSlot;
    this.routerOfSlot = routerOfSlot;
    this.shareSizes = shareSizes;
  }

  /**
   * Deals the targets of a fleet.
   *
   * @param routers how many routers there are, this one included; at least 1
   * @param self this router's number, from 0; the same routers are numbered alike by each of them
   * @param flightNanos how long word of a booking may take to another router, nanoseconds
   */
  public static PeerShares of(Fleet fleet, int routers, int self, long flightNanos) {
    if (self < 0 || self >= routers) {
      throw new IllegalArgumentException("self must be 0 to %d: %d".formatted(routers - 1, self));
    }
    if (routers == 1) {
      return NONE;
    }
    List<Target> targets = fleet.targets();
    int slots = targets.stream().mapToInt(Target::slot).max().orElse(-1) + 1;
    int[] poolOfSlot = new int[slots];
    int[] routerOfSlot = new int[slots];
    Arrays.fill(poolOfSlot, NO_POOL);
    Map<Pool, Integer> pools = new HashMap<>();
    int[] dealt = new int[targets.size()];
    int[] shareSizes = new int[targets.size() * routers];
    for (Target target : targets) {
      Pool key = new Pool(target.worker().model(), target.worker().role());
      int pool = pools.computeIfAbsent(key, _ -> pools.size());
      int router = dealt[pool]++ % routers;
      poolOfSlot[target.slot()] = pool;
      routerOfSlot[target.slot()] = router;
      shareSizes[pool * routers + router]++;
    }
    return new PeerShares(
        routers,
        self,
        flightNanos,
        poolOfSlot,
        routerOfSlot,
        Arrays.copyOf(shareSizes, pools.size() * routers));
  }

  /** Routers, this one included. */
  public int routers() {
    return routers;
  }

  /** This router's number. */
  public int self() {
    return self;
  }

  long flightNanos() {
    return flightNanos;
  }

  /** Shares there are, over all pools and routers. */
  int shares() {
    return shareSizes.length;
  }

  /** The share that a slot is in; -1 when it is in none. */
  int shareOf(int slot) {
    int pool = poolOf(slot);
    return pool == NO_POOL ? -1 : share(pool, routerOfSlot[slot]);
  }

  /** A router's share of the pool that a slot is in; -1 when it is in none. */
  int shareBeside(int slot, int router) {
    int pool = poolOf(slot);
    return pool == NO_POOL ? -1 : share(pool, router);
  }

  int share(int pool, int router) {
    return pool * routers + router;
  }

  int routerOf(int share) {
    return share % routers;
  }

  /** Targets in a share. */
  int size(int share) {
    return shareSizes[share];
  }

  private int poolOf(int slot) {
    return slot < poolOfSlot.length ? poolOfSlot[slot] : NO_POOL;
  }

  private record Pool(String model, Role role) {}
}
