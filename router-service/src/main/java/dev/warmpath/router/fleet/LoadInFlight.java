package dev.warmpath.router.fleet;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What other routers have probably booked and not told yet. Any thread; reading takes no lock.
 *
 * <p>A lump of requests that is dealt to several routers finds all of them with the same picture,
 * and the same targets look best to each. So a router expects that each other one has booked as
 * much as itself since the last word from it, spread over that router's share of the targets.
 */
final class LoadInFlight {
  /*
   * One amount a share of another router: what this router has booked in the share's pool since the
   * last word from that router. It counts for the time that word may take; when it is over, no word
   * came because nothing was booked there. A router that is alone pays one read.
   */
  private volatile Expected expected = new Expected(PeerShares.NONE);

  void share(PeerShares shares) {
    expected = new Expected(shares);
  }

  PeerShares shares() {
    return expected.shares;
  }

  /** This router booked a load. */
  void booked(Load load, long nowNanos) {
    Expected now = expected;
    for (int router = 0; router < now.shares.routers(); router++) {
      if (router != now.shares.self()) {
        now.add(
            now.shares.shareBeside(load.prefillSlot(), router), Amount.ofPrefill(load), nowNanos);
        if (load.decodeSlot() != load.prefillSlot()) {
          now.add(
              now.shares.shareBeside(load.decodeSlot(), router), Amount.ofDecode(load), nowNanos);
        }
      }
    }
  }

  /** A router told what it has booked. */
  void heardOf(int router) {
    Expected now = expected;
    for (int share = 0; share < now.shares.shares(); share++) {
      if (now.shares.routerOf(share) == router) {
        now.amounts.set(share, null);
      }
    }
  }

  /** Whether there is another router. */
  boolean isShared() {
    return expected.shares != PeerShares.NONE;
  }

  /** What is expected on each target of the share that a slot is in; null for nothing. */
  @Nullable Amount on(int slot, long nowNanos) {
    Expected now = expected;
    return now.shares == PeerShares.NONE ? null : now.on(slot, nowNanos);
  }

  private static final class Expected {
    private final PeerShares shares;
    private final AtomicReferenceArray<@Nullable Amount> amounts;

    Expected(PeerShares shares) {
      this.shares = shares;
      this.amounts = new AtomicReferenceArray<>(shares.shares());
    }

    void add(int share, Amount amount, long nowNanos) {
      if (share >= 0 && shares.size(share) > 0) {
        amounts.updateAndGet(
            share,
            before ->
                before == null || isOver(before, nowNanos)
                    ? amount.since(nowNanos)
                    : before.plus(amount));
      }
    }

    @Nullable Amount on(int slot, long nowNanos) {
      int share = shares.shareOf(slot);
      Amount amount = share < 0 ? null : amounts.get(share);
      return amount == null || isOver(amount, nowNanos)
          ? null
          : amount.dividedBy(shares.size(share));
    }

    private boolean isOver(Amount amount, long nowNanos) {
      return nowNanos - amount.sinceNanos >= shares.flightNanos();
    }
  }

  /**
   * Booked load.
   *
   * @param prefillTokens prompt tokens to compute
   * @param blocks KV blocks to fill with them
   * @param requests requests
   * @param tokens prompt tokens, cached ones included
   * @param sinceNanos when the first of it was booked
   */
  record Amount(
      double prefillTokens, double blocks, double requests, double tokens, long sinceNanos) {
    static Amount ofPrefill(Load load) {
      double blocks = (double) load.prefillTokens() / load.blockSize();
      return new Amount(
          load.prefillTokens(),
          load.prefillSlot() == load.decodeSlot() ? blocks : 0,
          1,
          load.promptTokens(),
          0);
    }

    static Amount ofDecode(Load load) {
      return new Amount(0, load.blocks(0), 1, load.promptTokens(), 0);
    }

    Amount since(long nowNanos) {
      return new Amount(prefillTokens, blocks, requests, tokens, nowNanos);
    }

    Amount plus(Amount other) {
      return new Amount(
          prefillTokens + other.prefillTokens,
          blocks + other.blocks,
          requests + other.requests,
          tokens + other.tokens,
          sinceNanos);
    }

    Amount dividedBy(int targets) {
      return new Amount(
          prefillTokens / targets,
          blocks / targets,
          requests / targets,
          tokens / targets,
          sinceNanos);
    }
  }
}
