package dev.warmpath.router.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Routers on a network that loses, repeats and reorders: once it is calm, each knows the load that
 * all of them booked, and once all requests have ended, nothing is left anywhere.
 */
class ReplicaSimulationTest {
  private static final int WORKERS = 5;
  private static final int STEPS = 4_000;
  private static final int DIGEST_EVERY = 20;
  private static final PeerLimits LIMITS = new PeerLimits(8, 16, 5, 30, 100_000);

  private final PriorityQueue<Delivery> network = new PriorityQueue<>();
  private final List<SimulatedReplica> replicas = new ArrayList<>();
  private long seed;
  private SplittableRandom random = new SplittableRandom(0);
  private double loss;
  private int maxDelay;
  private long now;
  private long deliveries;

  @ParameterizedTest(name = "{0} routers, loss {1}, delay up to {2}")
  @CsvSource({"2, 0, 1", "2, 0.05, 10", "2, 0.3, 40", "3, 0.1, 25", "4, 0.5, 5"})
  void convergesHoweverBadTheNetworkWas(int routers, double lossShare, int delay) {
    seed = Long.getLong("tests.seed", ThreadLocalRandom.current().nextLong());
    random = new SplittableRandom(seed);
    loss = lossShare;
    maxDelay = delay;
    for (int name = 1; name <= routers; name++) {
      int self = name - 1;
      SimulatedReplica replica = new SimulatedReplica(name, LIMITS, message -> send(message, self));
      replicas.add(replica);
      for (int worker = 0; worker < WORKERS; worker++) {
        replica.registry.put(Workers.worker("w" + worker));
      }
    }
    for (int step = 0; step < STEPS; step++) {
      live(replicas.get(random.nextInt(routers)));
      turn();
    }
    calmDown();
    assertAllKnowTheSame();
    replicas.forEach(this::finishAll);
    calmDown();
    assertNothingLeft();
  }

  private void live(SimulatedReplica replica) {
    if (replica.open.isEmpty() || random.nextInt(5) < 2) {
      book(replica);
      return;
    }
    int which = random.nextInt(replica.open.size());
    long id = replica.open.get(which);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> replica.ledger.firstToken(id, now);
      case 3, 4, 5 -> replica.ledger.progress(id, random.nextInt(1, 200), now);
      case 6 -> replica.ledger.touch(id, now);
      case 7 -> restartWorkerEverywhere();
      default -> {
        replica.ledger.finish(id, now);
        replica.open.remove(which);
      }
    }
  }

  private void book(SimulatedReplica replica) {
    int decode = replica.slot("w" + random.nextInt(WORKERS));
    int prefill = random.nextInt(3) > 0 ? decode : replica.slot("w" + random.nextInt(WORKERS));
    int tokens = random.nextInt(1, 400);
    long[] hashes = random.longs(tokens / 16, 0, 3).toArray();
    Load load =
        new Load(prefill, decode, tokens, random.nextInt(tokens) + 1, 16, random.nextInt(100));
    replica.book(load, hashes, now);
  }

  /** Routers hear of it at different times; until then they name a life that is over. */
  private void restartWorkerEverywhere() {
    if (random.nextInt(10) == 0) {
      String worker = "w" + random.nextInt(WORKERS);
      long life = now + 1;
      for (SimulatedReplica replica : replicas) {
        long heard = now + random.nextInt(30);
        network.add(new Delivery(heard, deliveries++, () -> replica.restart(worker, life)));
      }
    }
  }

  private void turn() {
    now++;
    while (!network.isEmpty() && network.element().at <= now) {
      network.remove().deliver.run();
    }
    for (SimulatedReplica replica : replicas) {
      replica.speak(now, now % DIGEST_EVERY == 0);
    }
  }

  private void send(PeerMessage message, int from) {
    for (int to = 0; to < replicas.size(); to++) {
      SimulatedReplica replica = replicas.get(to);
      int copies = to == from ? 1 : random.nextInt(20) == 0 ? 2 : 1;
      for (int copy = 0; copy < copies; copy++) {
        if (random.nextDouble() >= loss) {
          long at = now + 1 + random.nextInt(maxDelay);
          network.add(new Delivery(at, deliveries++, () -> replica.hear(message, now)));
        }
      }
    }
  }

  private void calmDown() {
    loss = 0;
    maxDelay = 1;
    for (int step = 0; step < 400; step++) {
      turn();
    }
  }

  private void assertAllKnowTheSame() {
    for (int worker = 0; worker < WORKERS; worker++) {
      for (SimulatedReplica replica : replicas) {
        SimulatedReplica first = replicas.getFirst();
        String id = "w" + worker;
        assertThat(replica.load(id)).as("%s, tests.seed=%d", id, seed).isEqualTo(first.load(id));
        // Output is told by whole blocks.
        assertThat(replica.ledger.bookedTokens(replica.slot(id)))
            .as("%s, tests.seed=%d", id, seed)
            .isCloseTo(
                first.ledger.bookedTokens(first.slot(id)), within(16 * replica.load(id).getLast()));
      }
    }
    for (SimulatedReplica replica : replicas) {
      long others =
          replicas.stream()
              .filter(other -> other != replica)
              .mapToLong(other -> other.journal.openBookings())
              .sum();
      assertThat(replica.peers.bookings()).as("tests.seed=%d", seed).isEqualTo(others);
      assertThat(others).as("tests.seed=%d", seed).isPositive();
    }
  }

  private void finishAll(SimulatedReplica replica) {
    replica.open.forEach(id -> replica.ledger.finish(id, now));
  }

  private void assertNothingLeft() {
    for (SimulatedReplica replica : replicas) {
      assertThat(replica.ledger.openBookings()).as("tests.seed=%d", seed).isZero();
      assertThat(replica.peers.bookings()).as("tests.seed=%d", seed).isZero();
      for (int slot = 0; slot < SimulatedReplica.MAX_TARGETS; slot++) {
        assertThat(
                List.of(
                    replica.ledger.queuedPrefillTokens(slot, now + 1_000_000),
                    replica.ledger.bookedBlocks(slot),
                    replica.ledger.bookedRequests(slot),
                    replica.ledger.bookedTokens(slot)))
            .as("slot %d, tests.seed=%d", slot, seed)
            .containsOnly(0L);
      }
    }
  }

  private record Delivery(long at, long order, Runnable deliver) implements Comparable<Delivery> {
    @Override
    public int compareTo(Delivery other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
    }
  }
}
