package dev.warmpath.router.app;

import dev.warmpath.router.replay.EngineSpeed;

/**
 * A fleet of simulated workers.
 *
 * @param namePrefix worker ids are this, a dash and a number from 0
 * @param workers how many
 * @param ranks data-parallel ranks of each
 * @param model the model that they say they serve
 * @param blockSize tokens in a block
 * @param blocksPerRank blocks that each rank's cache holds
 * @param speed how fast each rank works
 * @param host address on which they listen and under which frontends reach them
 * @param eventLossShare share of event batches lost on purpose, 0 to 1
 * @param seed decides which are lost
 */
record SimulatedFleetOptions(
    String namePrefix,
    int workers,
    int ranks,
    String model,
    int blockSize,
    int blocksPerRank,
    EngineSpeed speed,
    String host,
    double eventLossShare,
    long seed) {}
