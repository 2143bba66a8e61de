/**
 * How routers of one fleet tell one another of their bookings, without the wire. Pure: no I/O, no
 * clock.
 */
@NullMarked
package dev.warmpath.router.replicas;

import org.jspecify.annotations.NullMarked;
