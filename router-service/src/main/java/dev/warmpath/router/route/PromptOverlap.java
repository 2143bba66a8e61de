package dev.warmpath.router.route;

/**
 * Leading blocks of a prompt that one target holds; cumulative over tiers.
 *
 * @param deviceBlocks on the device
 * @param hostBlocks on device or host
 * @param diskBlocks on device, host or disk
 * @param externalBlocks on any tier
 * @param cachedTokens prompt tokens that need no prefill by the device overlap: never the last one,
 *     which is always computed
 * @param expectedBlocks on the device when the prompt's turn comes: those held, or those of a
 *     prompt that was booked there a moment ago, whichever are more, as far as those that wait
 *     there do not drive them out
 */
public record PromptOverlap(
    int deviceBlocks,
    int hostBlocks,
    int diskBlocks,
    int externalBlocks,
    int cachedTokens,
    int expectedBlocks) {}
