/** The decision: cost, choice and booking. Pure: no I/O, no clock, no logging. */
@NullMarked
package dev.warmpath.router.route;

import org.jspecify.annotations.NullMarked;
