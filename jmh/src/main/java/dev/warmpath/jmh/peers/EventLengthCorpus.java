package dev.warmpath.jmh.peers;

import dev.warmpath.jmh.peers.Corpus.Options;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Corpora without queries whose events all have one length: every worker fills its cache with
 * chains of its own, then turns it over several times, the oldest chain out, tail first, and a new
 * one in. The time of the first part is not counted.
 */
final class EventLengthCorpus {
  /** Event lengths of the comparison, in blocks. */
  static final List<Integer> LENGTHS = List.of(1, 8, 64, 512);

  private static final int CHAIN_BLOCKS = 512;
  private static final int WORKERS = 16;
  private static final int CAPACITY = 16_384;
  private static final int TURNOVERS = 3;

  private EventLengthCorpus() {}

  static Corpus make(int eventBlocks) {
    return make(eventBlocks, WORKERS, CAPACITY / CHAIN_BLOCKS, TURNOVERS);
  }

  static Corpus make(int eventBlocks, int workers, int chains, int turnovers) {
    Corpus.Builder corpus = new Corpus.Builder();
    Chance chance = new Chance(7);
    List<ArrayDeque<IntArrayList>> held = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      held.add(new ArrayDeque<>());
    }
    for (int round = 0; round < chains * (1 + turnovers); round++) {
      for (int worker = 0; worker < workers; worker++) {
        if (round >= chains) {
          remove(corpus, worker, held.get(worker).remove(), eventBlocks);
        }
        held.get(worker).add(store(corpus, worker, chance, eventBlocks));
      }
    }
    return corpus.build(new Options(workers, chains * CHAIN_BLOCKS, 1, 0));
  }

  private static IntArrayList store(
      Corpus.Builder corpus, int worker, Chance chance, int eventBlocks) {
    IntArrayList chain = new IntArrayList();
    for (int i = 0; i < CHAIN_BLOCKS; i++) {
      chain.add(corpus.block(chance.next(), chance.next()));
    }
    for (int from = 0; from < CHAIN_BLOCKS; from += eventBlocks) {
      int parent = from == 0 ? Corpus.NO_BLOCK : chain.getInt(from - 1);
      corpus.stored(worker, parent, chain.subList(from, from + eventBlocks));
    }
    return chain;
  }

  private static void remove(
      Corpus.Builder corpus, int worker, IntArrayList chain, int eventBlocks) {
    IntArrayList tailFirst = new IntArrayList();
    for (int i = CHAIN_BLOCKS - 1; i >= 0; i--) {
      tailFirst.add(chain.getInt(i));
    }
    for (int from = 0; from < CHAIN_BLOCKS; from += eventBlocks) {
      corpus.removed(worker, tailFirst.subList(from, from + eventBlocks));
    }
  }
}
