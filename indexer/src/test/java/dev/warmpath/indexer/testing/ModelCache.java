package dev.warmpath.indexer.testing;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A KV cache that changes at random, obviously right: the twin of what an index should hold. */
public final class ModelCache {
  private final Random random;
  private final int capacity;
  private final Map<Long, Block> blocks = new LinkedHashMap<>();
  private long lastEngineHash;

  /**
   * An empty cache.
   *
   * @param capacity blocks held at most, roughly
   */
  public ModelCache(Random random, int capacity) {
    this.random = random;
    this.capacity = capacity;
  }

  /** Changes the cache; the events say how. */
  public KvEvent change() {
    int dice = random.nextInt(1_000);
    if (dice == 0) {
      blocks.clear();
      return new KvEvent.Cleared();
    }
    if (dice < 100 && !blocks.isEmpty()) {
      return addCopy();
    }
    return (blocks.size() < capacity && dice < 700) || blocks.isEmpty() ? store() : remove();
  }

  private KvEvent store() {
    Block parent = random.nextInt(4) == 0 ? null : anyBlock();
    long parentHash = parent == null ? 0 : parent.engineHash;
    boolean hasParent = parent != null;
    int length = 1 + random.nextInt(4);
    long[] engine = new long[length];
    long[] local = new long[length];
    for (int i = 0; i < length; i++) {
      engine[i] = ++lastEngineHash;
      local[i] = random.nextLong();
      parent = new Block(engine[i], parent, local[i]);
      parent.tiers.add(Tier.DEVICE);
      blocks.put(engine[i], parent);
    }
    return new KvEvent.Stored(hasParent, parentHash, engine, local, Tier.DEVICE);
  }

  private KvEvent addCopy() {
    Block block = anyBlock();
    if (block == null || !block.tiers.add(Tier.HOST)) {
      return store();
    }
    return block.asRun(Tier.HOST);
  }

  private KvEvent remove() {
    Block block = anyBlock();
    while (block != null && block.children > 0) {
      block = childOf(block);
    }
    if (block == null) {
      return store();
    }
    Tier tier = block.tiers.iterator().next();
    block.tiers.remove(tier);
    if (block.tiers.isEmpty()) {
      blocks.remove(block.engineHash);
      if (block.parent != null) {
        block.parent.children--;
      }
    }
    return new KvEvent.Removed(new long[] {block.engineHash}, tier);
  }

  private @Nullable Block anyBlock() {
    if (blocks.isEmpty()) {
      return null;
    }
    List<Block> all = List.copyOf(blocks.values());
    return all.get(random.nextInt(all.size()));
  }

  private @Nullable Block childOf(Block parent) {
    return blocks.values().stream()
        .filter(block -> block.parent == parent)
        .findFirst()
        .orElse(null);
  }

  /** {@link CacheDigest} of the content. */
  public long digest() {
    CacheDigest digest = new CacheDigest();
    for (Block block : blocks.values()) {
      block.tiers.forEach(tier -> digest.add(block.sequenceHash, tier));
    }
    return digest.value();
  }

  /** Blocks held. */
  public int size() {
    return blocks.size();
  }

  /** The content as stored events, parents before children. */
  public List<KvEvent> content() {
    List<KvEvent> content = new ArrayList<>();
    for (Block block : blocks.values()) {
      block.tiers.forEach(tier -> content.add(block.asRun(tier)));
    }
    return content;
  }

  private static final class Block {
    final long engineHash;
    final @Nullable Block parent;
    final long localHash;
    final long sequenceHash;
    final EnumSet<Tier> tiers = EnumSet.noneOf(Tier.class);
    int children;

    Block(long engineHash, @Nullable Block parent, long localHash) {
      this.engineHash = engineHash;
      this.parent = parent;
      this.localHash = localHash;
      if (parent == null) {
        this.sequenceHash = localHash;
      } else {
        parent.children++;
        this.sequenceHash = BlockHasher.sequenceHash(parent.sequenceHash, localHash);
      }
    }

    KvEvent.Stored asRun(Tier tier) {
      long[] engine = {engineHash};
      long[] local = {localHash};
      return parent == null
          ? KvEvent.Stored.root(engine, local, tier)
          : KvEvent.Stored.after(parent.engineHash, engine, local, tier);
    }
  }
}
