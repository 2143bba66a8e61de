package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.testing.ReleasingListener;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Four targets of one model, by slot: shares of router 0, 1, 0, 1. */
class PeerSharesTest {
  private static final int TARGETS = 4;
  private static final long FLIGHT = 10;

  private final FleetRegistry registry = new FleetRegistry(64, new ReleasingListener());
  private final LoadLedger ledger = ledger();

  @BeforeEach
  void join() {
    for (int worker = 0; worker < TARGETS; worker++) {
      registry.put(Workers.worker("w" + worker));
    }
    ledger.sharesWith(PeerShares.of(registry.current(), 2, 0, FLIGHT));
  }

  @Test
  void anotherRouterIsExpectedToBookAsMuchOnItsShare() {
    ledger.book(new Load(0, 0, 100, 60, 10), 5);
    assertThat(queued(5)).containsExactly(60, 30, 0, 30);
    assertThat(ledger.activeBlocks(1, 5)).isEqualTo(3);
    assertThat(ledger.outstandingTokens(1, 5)).isEqualTo(50);
    ledger.book(new Load(1, 1, 100, 60, 10), 6);
    assertThat(queued(6)).containsExactly(60, 120, 0, 60);
    assertThat(ledger.activeRequests(3, 6)).isOne();
  }

  @Test
  void wordFromTheRouterEndsTheExpectation() {
    ledger.book(new Load(0, 0, 100, 60, 10), 5);
    ledger.heardOf(0);
    assertThat(queued(6)).containsExactly(60, 30, 0, 30);
    ledger.heardOf(1);
    assertThat(queued(6)).containsExactly(60, 0, 0, 0);
  }

  @Test
  void theTimeThatWordMayTakeEndsTheExpectation() {
    ledger.book(new Load(0, 0, 100, 60, 10), 5);
    assertThat(queued(14)).containsExactly(60, 30, 0, 30);
    assertThat(queued(15)).containsExactly(60, 0, 0, 0);
    ledger.book(new Load(2, 2, 100, 20, 10), 16);
    assertThat(queued(16)).containsExactly(60, 10, 20, 10);
  }

  @Test
  void aRouterThatIsAloneExpectsNothing() {
    ledger.sharesWith(PeerShares.of(registry.current(), 1, 0, FLIGHT));
    ledger.book(new Load(0, 0, 100, 60, 10), 5);
    assertThat(queued(5)).containsExactly(60, 0, 0, 0);
  }

  @Test
  void targetsOfAnotherModelAreNotTouched() {
    registry.put(Workers.worker("x0", "other", 2));
    ledger.sharesWith(PeerShares.of(registry.current(), 2, 0, FLIGHT));
    ledger.book(new Load(0, 0, 100, 60, 10), 5);
    assertThat(ledger.queuedPrefillTokens(5, 5)).isZero();
    assertThat(queued(5)).containsExactly(60, 30, 0, 30);
  }

  @Test
  void prefillAndDecodeTargetsAreSharedOutApart() {
    FleetRegistry pools = new FleetRegistry(8, new ReleasingListener());
    for (int worker = 0; worker < 2; worker++) {
      pools.put(Workers.worker("p" + worker, Role.PREFILL));
      pools.put(Workers.worker("q" + worker, Role.DECODE));
    }
    LoadLedger own = ledger();
    own.sharesWith(PeerShares.of(pools.current(), 2, 0, FLIGHT));
    own.book(new Load(0, 1, 100, 60, 10), 5);
    assertThat(own.queuedPrefillTokens(2, 5)).isEqualTo(60);
    assertThat(own.activeBlocks(2, 5)).isZero();
    assertThat(own.queuedPrefillTokens(3, 5)).isZero();
    assertThat(own.activeBlocks(3, 5)).isEqualTo(10);
  }

  @Test
  void twoRoutersWithoutAnyWordOverlapLessThanWithoutExpectation() {
    assertThat(targetsHit(true)).isGreaterThan(targetsHit(false));
  }

  @Test
  void aNumberBeyondTheRoutersIsRefused() {
    assertThatThrownBy(() -> PeerShares.of(registry.current(), 2, 2, FLIGHT))
        .hasMessage("self must be 0 to 1: 2");
  }

  /**
   * Lumps of 8 requests on 16 idle targets, dealt to two routers that choose the shortest queue and
   * hear nothing of one another within a lump. Returns the distinct targets hit, over all lumps.
   */
  private static long targetsHit(boolean expecting) {
    FleetRegistry fleet = new FleetRegistry(16, new ReleasingListener());
    for (int worker = 0; worker < 16; worker++) {
      fleet.put(Workers.worker("w%02d".formatted(worker)));
    }
    SplittableRandom random = new SplittableRandom(5);
    long hit = 0;
    for (int lump = 0; lump < 200; lump++) {
      boolean[] isHit = new boolean[16];
      for (int router = 0; router < 2; router++) {
        LoadLedger own = ledger();
        if (expecting) {
          own.sharesWith(PeerShares.of(fleet.current(), 2, router, FLIGHT));
        }
        for (int request = 0; request < 4; request++) {
          int slot = shortestQueue(own, random);
          own.book(new Load(slot, slot, 1_000, 1_000, 10), 0);
          isHit[slot] = true;
        }
      }
      hit += IntStream.range(0, 16).filter(slot -> isHit[slot]).count();
    }
    return hit;
  }

  private static int shortestQueue(LoadLedger ledger, SplittableRandom random) {
    int best = -1;
    int ties = 0;
    for (int slot = 0; slot < 16; slot++) {
      long queued = ledger.queuedPrefillTokens(slot, 0);
      long least = best < 0 ? Long.MAX_VALUE : ledger.queuedPrefillTokens(best, 0);
      if (queued < least || (queued == least && random.nextInt(++ties) == 0)) {
        ties = queued < least ? 1 : ties;
        best = slot;
      }
    }
    return best;
  }

  private long[] queued(long nowNanos) {
    return IntStream.range(0, TARGETS)
        .mapToLong(slot -> ledger.queuedPrefillTokens(slot, nowNanos))
        .toArray();
  }

  private static LoadLedger ledger() {
    return new LoadLedger(new LedgerLimits(64, 10_000, 1_000_000), 1);
  }
}
