package dev.warmpath.jmh.peers;

import dev.warmpath.router.replay.MooncakeRecord;
import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntLinkedOpenHashSet;
import it.unimi.dsi.fastutil.ints.IntList;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Makes a corpus out of a trace: every request goes to a random worker, whose cache of blocks is
 * simulated block by block. The same rows and spec give the same bytes, on any machine and in any
 * language: that is why chance is spelled out here. One thread.
 */
final class CorpusMaker {
  private static final int BLOCK_TOKENS = 128;
  private static final int BLOCKS_PER_ID = 4;
  private static final long LOCAL_SALT = 0x4C4F43414C000001L;
  private static final long ENGINE_SALT = 0x454E47494E450002L;
  private static final long DECODED = 1L << 62;

  private final CorpusSpec spec;
  private final Corpus.Builder corpus = new Corpus.Builder();
  private final Long2IntOpenHashMap numbers = new Long2IntOpenHashMap();
  private final List<Cache> caches = new ArrayList<>();
  private final Chance route = new Chance(42);
  private final Chance victims = new Chance(43);

  private CorpusMaker(CorpusSpec spec) {
    this.spec = spec;
    numbers.defaultReturnValue(Corpus.NO_BLOCK);
    for (int worker = 0; worker < spec.workers(); worker++) {
      caches.add(new Cache());
    }
  }

  static Corpus make(CorpusSpec spec, List<MooncakeRecord> rows) {
    CorpusMaker maker = new CorpusMaker(spec);
    for (int row = 0; row < rows.size(); row++) {
      maker.request(row, rows.get(row));
    }
    return maker.corpus.build(spec.options());
  }

  private void request(int row, MooncakeRecord request) {
    int full = request.inputTokens() / BLOCK_TOKENS;
    int decoded = (request.inputTokens() + request.outputTokens()) / BLOCK_TOKENS - full;
    for (int copy = 0; copy < spec.copies() && full > 0; copy++) {
      IntArrayList path = prompt(copy, request.hashIds(), full);
      int worker = route.below(spec.workers());
      corpus.query(worker, path);
      Cache cache = caches.get(worker);
      storePrompt(worker, cache, path);
      for (int n = 0; n < decoded; n++) {
        long key = DECODED | (long) row << 24 | (long) copy << 16 | n;
        path.add(storeDecoded(worker, cache, path.getLast(), number(key)));
      }
      cache.unpin(path);
    }
  }

  private IntArrayList prompt(int copy, long[] ids, int full) {
    IntArrayList path = new IntArrayList();
    for (long id : ids) {
      for (int part = 0; part < BLOCKS_PER_ID; part++) {
        path.add(number((long) copy << 40 | id * BLOCKS_PER_ID + part));
      }
    }
    path.size(full);
    return path;
  }

  private int number(long key) {
    int known = numbers.get(key);
    if (known != Corpus.NO_BLOCK) {
      return known;
    }
    int fresh = corpus.block(Chance.mix(key ^ LOCAL_SALT), Chance.mix(key ^ ENGINE_SALT));
    numbers.put(key, fresh);
    return fresh;
  }

  private void storePrompt(int worker, Cache cache, IntArrayList path) {
    int hit = 0;
    while (hit < path.size() && cache.resident.get(path.getInt(hit))) {
      hit++;
    }
    IntArrayList missing = new IntArrayList();
    for (int i = 0; i < path.size(); i++) {
      cache.pin(path.getInt(i));
      if (i >= hit && !cache.resident.get(path.getInt(i))) {
        missing.add(path.getInt(i));
      }
    }
    cache.makeRoom(worker, missing.size());
    for (int from = hit; from < path.size(); ) {
      if (skips(cache, path, from)) {
        from++;
        continue;
      }
      int to = from + 1;
      while (to < path.size() && !skips(cache, path, to)) {
        to++;
      }
      int parent = from == 0 ? Corpus.NO_BLOCK : path.getInt(from - 1);
      corpus.stored(worker, parent, path.subList(from, to));
      from = to;
    }
    missing.forEach(cache::add);
  }

  private boolean skips(Cache cache, IntArrayList path, int i) {
    return spec.refill() && cache.resident.get(path.getInt(i));
  }

  private int storeDecoded(int worker, Cache cache, int parent, int block) {
    if (cache.size + 1 > spec.capacity() && !cache.free.isEmpty()) {
      corpus.removed(worker, IntList.of(cache.evict()));
    }
    corpus.stored(worker, parent, IntList.of(block));
    cache.add(block);
    return block;
  }

  /** The blocks of one worker. Those that no request uses are free: they may be evicted. */
  private final class Cache {
    private final BitSet resident = new BitSet();
    private int size;

    /** Free blocks, oldest first. */
    private final IntLinkedOpenHashSet free = new IntLinkedOpenHashSet();

    /** The free blocks in the order in which a random victim is drawn, and each one's place. */
    private final IntArrayList drawable = new IntArrayList();

    private final Int2IntOpenHashMap place = new Int2IntOpenHashMap();

    void add(int block) {
      resident.set(block);
      size++;
    }

    void pin(int block) {
      if (!free.remove(block)) {
        return;
      }
      int at = place.remove(block);
      int last = drawable.popInt();
      if (at < drawable.size()) {
        drawable.set(at, last);
        place.put(last, at);
      }
    }

    void unpin(IntArrayList path) {
      for (int i = 0; i < path.size(); i++) {
        int block = path.getInt(spec.headFirst() ? i : path.size() - 1 - i);
        free.add(block);
        place.put(block, drawable.size());
        drawable.add(block);
      }
    }

    void makeRoom(int worker, int blocks) {
      IntArrayList gone = new IntArrayList();
      while (size + blocks > spec.capacity() && !free.isEmpty()) {
        gone.add(evict());
      }
      if (!gone.isEmpty()) {
        corpus.removed(worker, gone);
      }
    }

    int evict() {
      boolean any = spec.randomPermille() > 0 && victims.below(1_000) < spec.randomPermille();
      int victim = any ? drawable.getInt(victims.below(drawable.size())) : free.firstInt();
      pin(victim);
      resident.clear(victim);
      size--;
      return victim;
    }
  }
}
