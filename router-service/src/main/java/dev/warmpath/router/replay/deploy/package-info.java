/** Deployments to simulate: pools of workers, router, faults, aims. Values, and their YAML. */
@NullMarked
package dev.warmpath.router.replay.deploy;

import org.jspecify.annotations.NullMarked;
