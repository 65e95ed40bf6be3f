package io.mooring.service;

/**
 * What a member says of itself.
 *
 * @param clusterId unsigned
 * @param memberId unsigned
 * @param etcdVersion release whose API is spoken, such as {@code 3.7.1}
 * @param clusterVersion such as {@code 3.7.0}
 * @param ownVersion release of this software
 */
public record MemberInfo(
    long clusterId, long memberId, String etcdVersion, String clusterVersion, String ownVersion) {}
