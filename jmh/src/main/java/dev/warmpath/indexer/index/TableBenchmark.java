package dev.warmpath.indexer.index;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time of a slot's table for one entry put in or taken out, both in turn, with the tables full: the
 * table of the index beside those that were rejected (docs/decisions/0007).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TableBenchmark {
  private static final int CHAIN = 512;
  private static final int CHAINS = 32;

  /** Which table. */
  public enum Variant {
    /** Two buckets a hash: the one of the index. */
    TWO_BUCKETS,
    /** One bucket a hash, overflow to the next. */
    ONE_BUCKET,
    /** Linear probing over pairs. */
    PROBING;

    private BlockTable newTable() {
      return switch (this) {
        case TWO_BUCKETS -> BlockTable.ofPlaces();
        case ONE_BUCKET -> new OneBucketTable();
        case PROBING -> new ProbingTable();
      };
    }
  }

  /** The variant. */
  @Param({"TWO_BUCKETS", "ONE_BUCKET", "PROBING"})
  public Variant variant = Variant.TWO_BUCKETS;

  /** Tables in turn: one stays in the second-level cache of the CPU, 16 do not. */
  @Param({"16"})
  public int tables;

  /** Blocks put in or taken out at once. */
  @Param({"8", "64", "512"})
  public int blocks;

  private final long[] places = new long[CHAIN];
  private BlockTable[] all = {};

  /** By table and chain; one chain a table is out. */
  private long[][][] chains = {};

  private int table;
  private int out;

  /** Fills the tables. */
  @Setup
  public void fill() {
    Random random = new Random(7);
    all = Stream.generate(variant::newTable).limit(tables).toArray(BlockTable[]::new);
    chains = new long[tables][CHAINS + 1][];
    for (int of = 0; of < tables; of++) {
      for (int chain = 0; chain <= CHAINS; chain++) {
        chains[of][chain] = random.longs(CHAIN).toArray();
        if (chain < CHAINS) {
          all[of].putRun(chains[of][chain], 0, CHAIN, 1);
        }
      }
    }
    out = CHAINS;
  }

  /** Takes the oldest chain of the next table out, from its start, and puts another in. */
  @Benchmark
  @OperationsPerInvocation(2 * CHAIN)
  public long[] turn() {
    int oldest = out == CHAINS ? 0 : out + 1;
    BlockTable turned = all[table];
    for (int from = 0; from < CHAIN; from += blocks) {
      turned.removeAll(chains[table][oldest], from, from + blocks, places);
      turned.putRun(chains[table][out], from, from + blocks, 1 + from);
    }
    table++;
    if (table == tables) {
      table = 0;
      out = oldest;
    }
    return places;
  }
}
