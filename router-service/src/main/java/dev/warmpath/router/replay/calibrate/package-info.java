/** Fits an engine's constants to measurements, by running the model. Pure. */
@NullMarked
package dev.warmpath.router.replay.calibrate;

import org.jspecify.annotations.NullMarked;
