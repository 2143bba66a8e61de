package dev.warmpath.indexer.event;

/** What a worker means when it stores a block on a tier where it holds that block already. */
public enum RepeatedStores {
  /**
   * A further copy, which is removed by an event of its own: the block is held until it was removed
   * as often as it was stored. So do engines that announce each physical block (vLLM).
   */
  COPIES,

  /**
   * The same block, named once more: one removal ends it. So do engines that keep one block for
   * each node of a radix tree (SGLang, TensorRT-LLM).
   */
  TOLD_AGAIN
}
