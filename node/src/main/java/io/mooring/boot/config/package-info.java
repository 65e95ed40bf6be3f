/**
 * Settings of one member: the catalogue of flags, their layers (flag, environment, file, default),
 * and the one place that checks them and turns them into records with units. Runs once, on the main
 * thread, before anything is touched.
 */
@NullMarked
package io.mooring.boot.config;

import org.jspecify.annotations.NullMarked;
