package dev.warmpath.router.replay.rivals;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.route.Candidates;
import dev.warmpath.router.route.Costs;
import dev.warmpath.router.route.RouteQuery;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.List;

/**
 * NVIDIA Dynamo's default cost, in blocks: {@code max(0, U - C) + Q} with {@code U = (P + max(L,
 * K)) / bs} for prompt tokens P queued there and L asked for, of which K are cached; {@code C} the
 * overlap, blocks on host at 0.75 and on disk at 0.25; and {@code Q = D + H - m} for D distinct
 * blocks of the requests there, of which the first m are among the H asked for. Prompt load is
 * static: it stays in full until the first token (prefill load model "none").
 */
final class DynamoPolicy implements AccountingPolicy {
  private static final double HOST_CREDIT = 0.75;
  private static final double DISK_CREDIT = 0.25;

  private final Int2ObjectOpenHashMap<Account> slots = new Int2ObjectOpenHashMap<>();
  private final Long2ObjectOpenHashMap<Placed> open = new Long2ObjectOpenHashMap<>();

  @Override
  public String policyName() {
    return "dynamo";
  }

  @Override
  public List<String> terms() {
    return List.of("prefill", "decode");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    long[] sequence = sequence(candidates.localHashes(), candidates.promptBlocks());
    double blockSize = candidates.blockSize();
    for (int i = 0; i < candidates.size(); i++) {
      Account account = account(candidates.target(i).slot());
      double overlap = overlap(candidates, i);
      double cachedTokens = Math.rint(overlap * blockSize);
      double prefillBlocks =
          (account.prefillTokens + Math.max(candidates.promptTokens(), cachedTokens)) / blockSize;
      costs.set(i, 0, Math.max(0, prefillBlocks - overlap));
      costs.set(i, 1, (double) account.blocksWith(sequence));
    }
  }

  /** Blocks on the device, and what those on slower tiers add at less than a block each. */
  private static double overlap(Candidates candidates, int index) {
    int device = candidates.cachedBlocks(index, Tier.DEVICE);
    int host = candidates.cachedBlocks(index, Tier.HOST);
    int external = candidates.cachedBlocks(index, Tier.EXTERNAL);
    return device + HOST_CREDIT * (host - device) + DISK_CREDIT * (external - host);
  }

  @Override
  public void placed(long request, RouteQuery query, int slot, int cachedBlocks, long nowNanos) {
    long[] sequence = sequence(query.localHashes(), query.blocks());
    int cached = Math.min(query.promptTokens(), cachedBlocks * query.targets().blockSize());
    Placed placed = new Placed(slot, sequence, query.promptTokens() - cached);
    Account account = account(slot);
    account.prefillTokens += placed.prefillTokens;
    account.add(sequence);
    open.put(request, placed);
  }

  @Override
  public void firstToken(long request, long nowNanos) {
    Placed placed = open.get(request);
    account(placed.slot).prefillTokens -= placed.prefillTokens;
  }

  @Override
  public void finished(long request, long nowNanos) {
    Placed placed = open.remove(request);
    account(placed.slot).remove(placed.sequence);
  }

  private Account account(int slot) {
    return slots.computeIfAbsent(slot, _ -> new Account());
  }

  /** Each block told apart by all before it. */
  private static long[] sequence(long[] localHashes, int blocks) {
    long[] sequence = new long[blocks];
    long hash = 0;
    for (int i = 0; i < blocks; i++) {
      hash = (hash ^ localHashes[i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
      sequence[i] = hash;
    }
    return sequence;
  }

  /** A request on its way. */
  private record Placed(int slot, long[] sequence, long prefillTokens) {}

  /** What was placed on one slot. */
  private static final class Account {
    private final Long2IntOpenHashMap users = new Long2IntOpenHashMap();
    private long prefillTokens;

    void add(long[] sequence) {
      for (long block : sequence) {
        users.addTo(block, 1);
      }
    }

    void remove(long[] sequence) {
      for (long block : sequence) {
        if (users.addTo(block, -1) == 1) {
          users.remove(block);
        }
      }
    }

    /** Distinct blocks if a prompt came. */
    long blocksWith(long[] sequence) {
      int active = 0;
      while (active < sequence.length && users.containsKey(sequence[active])) {
        active++;
      }
      return (long) users.size() + sequence.length - active;
    }
  }
}
