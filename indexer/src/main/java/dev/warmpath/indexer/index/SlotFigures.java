package dev.warmpath.indexer.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What others may know of one slot: how many blocks it holds, and what it takes. The writer thread
 * tells it at the end of each event; any thread reads.
 */
final class SlotFigures {
  private static final VarHandle PARKED_BLOCKS = figure("parkedBlocks");

  private final Footprint footprint;

  private final HeldBlocks held;
  private final int slot;

  /** Written with release, read with acquire. */
  @SuppressWarnings("UnusedVariable") // read through PARKED_BLOCKS
  private int parkedBlocks;

  /** What the footprint has of this slot. */
  private long tableBytes;

  private long sideBytes;

  SlotFigures(int slot, HeldBlocks held, Footprint footprint) {
    this.slot = slot;
    this.held = held;
    this.footprint = footprint;
  }

  private static VarHandle figure(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(SlotFigures.class, field, int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  int heldBlocks() {
    return held.of(slot);
  }

  int parkedBlocks() {
    return (int) PARKED_BLOCKS.getAcquire(this);
  }

  void tellBlocks(int heldBlocks, int parked) {
    held.tell(slot, heldBlocks);
    PARKED_BLOCKS.setRelease(this, parked);
  }

  void tellBytes(long table, long side) {
    if (table != tableBytes || side != sideBytes) {
      footprint.slotTableBytes.add(table - tableBytes);
      footprint.sideTableBytes.add(side - sideBytes);
      tableBytes = table;
      sideBytes = side;
    }
  }
}
