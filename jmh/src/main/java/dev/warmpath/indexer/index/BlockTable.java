package dev.warmpath.indexer.index;

/** A table from engine hash to place, as one slot keeps it: what the variants have in common. */
interface BlockTable {
  /** Adds blocks that are not there: those from {@code from} up to {@code to - 1}. */
  void putRun(long[] engineHashes, int from, int to, long place);

  /**
   * Takes the blocks {@code from} up to {@code to - 1} away.
   *
   * @param places receives from its start the places that they had; 0 for those that were not there
   */
  void removeAll(long[] engineHashes, int from, int to, long[] places);

  /** {@link Places}, the one that is kept. */
  static BlockTable ofPlaces() {
    Places places = new Places();
    return new BlockTable() {
      @Override
      public void putRun(long[] engineHashes, int from, int to, long place) {
        places.putRun(engineHashes, from, to - from, place);
      }

      @Override
      public void removeAll(long[] engineHashes, int from, int to, long[] found) {
        places.removeAll(engineHashes, from, to, found);
      }
    };
  }
}
