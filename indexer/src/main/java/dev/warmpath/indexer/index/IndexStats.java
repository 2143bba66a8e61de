package dev.warmpath.indexer.index;

/**
 * What an index takes and holds.
 *
 * @param runBytes chains of blocks with their hashes, and the table that finds them
 * @param coverageBytes which slots hold how much of which run
 * @param slotTableBytes each slot's table from engine hash to block
 * @param sideTableBytes copies, slower tiers, blocks that wait for their parent, and the order of
 *     placed blocks; estimated
 * @param runs runs that the chains are stored in
 * @param blocks blocks in the runs, each once however many slots hold it
 * @param memberships blocks that slots hold, each once for every slot that holds it
 * @param targets slots in use
 * @param cappedTargets of them, those that the index has refused a block at a bound, since they
 *     were last cleared
 */
public record IndexStats(
    long runBytes,
    long coverageBytes,
    long slotTableBytes,
    long sideTableBytes,
    long runs,
    long blocks,
    long memberships,
    int targets,
    int cappedTargets) {
  /** An index that holds nothing. */
  public static final IndexStats NOTHING = new IndexStats(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** Bytes of all parts. */
  public long bytes() {
    return runBytes + coverageBytes + slotTableBytes + sideTableBytes;
  }

  /** Blocks in a run on average; 0 without runs. */
  public double meanRunLength() {
    return runs == 0 ? 0 : (double) blocks / runs;
  }

  /** The figures of two indexes with slots of their own. */
  public IndexStats plus(IndexStats other) {
    return new IndexStats(
        runBytes + other.runBytes,
        coverageBytes + other.coverageBytes,
        slotTableBytes + other.slotTableBytes,
        sideTableBytes + other.sideTableBytes,
        runs + other.runs,
        blocks + other.blocks,
        memberships + other.memberships,
        targets + other.targets,
        cappedTargets + other.cappedTargets);
  }
}
