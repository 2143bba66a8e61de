package dev.warmpath.indexer.event;

/** Where a block lies, fastest first: the order of the constants is the order of reuse. */
public enum Tier {
  /** GPU memory. */
  DEVICE(0),
  /** Host memory of the worker. */
  HOST(1),
  /** Local disk of the worker. */
  DISK(2),
  /** Storage outside the worker. */
  EXTERNAL(3);

  /** How many tiers there are. */
  public static final int COUNT = values().length;

  private final int index;

  Tier(int index) {
    this.index = index;
  }

  /** Place in arrays by tier: 0 for the fastest. */
  public int index() {
    return index;
  }
}
