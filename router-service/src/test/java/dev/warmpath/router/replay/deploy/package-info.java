@NullMarked
package dev.warmpath.router.replay.deploy;

import org.jspecify.annotations.NullMarked;
