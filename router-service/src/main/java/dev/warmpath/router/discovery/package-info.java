/**
 * Who serves, from etcd or a file: fills the {@link dev.warmpath.router.fleet.FleetRegistry}. What
 * may block runs on threads of its own.
 */
@NullMarked
package dev.warmpath.router.discovery;

import org.jspecify.annotations.NullMarked;
