package dev.warmpath.router.route;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import java.util.List;

/**
 * The request and the targets among which it chooses, with their load at this moment. A view:
 * figures are read from the ledger and the match as a policy asks for them.
 */
public final class Candidates {
  private final RouteQuery query;
  private final List<Target> targets;
  private final Overlaps overlaps;
  private final LoadLedger ledger;
  private final long turn;
  private final long nowNanos;

  Candidates(
      RouteQuery query,
      List<Target> targets,
      Overlaps overlaps,
      LoadLedger ledger,
      long turn,
      long nowNanos) {
    this.query = query;
    this.targets = targets;
    this.overlaps = overlaps;
    this.ledger = ledger;
    this.turn = turn;
    this.nowNanos = nowNanos;
  }

  /** How many there are. */
  public int size() {
    return targets.size();
  }

  /** One of them. */
  public Target target(int index) {
    return targets.get(index);
  }

  /** Tokens in the prompt. */
  public int promptTokens() {
    return query.promptTokens();
  }

  /** Tokens in a block. */
  public int blockSize() {
    return query.targets().blockSize();
  }

  /** Requests for this model that were booked under the same policy before this one. */
  public long turn() {
    return turn;
  }

  /** Prompt tokens that a candidate need not compute: never the last one. */
  public int cachedTokens(int index) {
    long cached = (long) overlaps.deviceBlocks(slot(index)) * blockSize();
    return (int) Math.min(cached, query.promptTokens() - 1L);
  }

  /** Prompt tokens booked on a candidate that, by estimate, are left to compute. */
  public long queuedPrefillTokens(int index) {
    return ledger.queuedPrefillTokens(slot(index), nowNanos);
  }

  /** KV blocks of the requests on a candidate. */
  public long activeBlocks(int index) {
    return ledger.activeBlocks(slot(index), nowNanos);
  }

  /** Requests on a candidate. */
  public long activeRequests(int index) {
    return ledger.activeRequests(slot(index), nowNanos);
  }

  /** Prompt and output tokens of the requests on a candidate. */
  public long outstandingTokens(int index) {
    return ledger.outstandingTokens(slot(index), nowNanos);
  }

  long seed() {
    return query.seed();
  }

  PromptOverlap overlap(int index) {
    int slot = slot(index);
    return new PromptOverlap(
        overlaps.blocks(slot, Tier.DEVICE),
        overlaps.blocks(slot, Tier.HOST),
        overlaps.blocks(slot, Tier.DISK),
        overlaps.blocks(slot, Tier.EXTERNAL),
        cachedTokens(index));
  }

  private int slot(int index) {
    return targets.get(index).slot();
  }
}
