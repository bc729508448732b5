package io.ssebridge.bench;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How to speak with a server; in paths, headers and bodies <code>{channel}</code> stands for a channel's name and
 * <code>{data}</code> for an event's data.
 *
 * @param servers where it is; subscribers are spread over all, publishers speak with the first
 * @param channel the name of a channel, <code>{n}</code> its number
 * @param streamPath opens a stream
 * @param publishPath takes an event
 * @param streamHeaders header lines of whoever subscribes
 * @param publishHeaders header lines of whoever publishes
 * @param contentType of what is published; data in a form is percent-encoded
 * @param body of what is published
 * @param awaited the line of a stream after which its subscription stands; empty: it stands with its head
 */
public record Target(
        List<URI> servers,
        String channel,
        String streamPath,
        String publishPath,
        List<String> streamHeaders,
        List<String> publishHeaders,
        String contentType,
        String body,
        String awaited) {

    /**
     * Checks the addresses.
     *
     * @throws IllegalArgumentException if one is wrong
     */
    public Target {
        for (URI server : servers) {
            if (!"http".equals(server.getScheme()) || server.getHost() == null) {
                throw new IllegalArgumentException("%s (expected: http://host:port)".formatted(server));
            }
        }
    }

    /** Where a subscriber connects to. */
    InetSocketAddress address(int subscriber) {
        URI server = servers.get(subscriber % servers.size());
        return new InetSocketAddress(server.getHost(), server.getPort() < 0 ? 80 : server.getPort());
    }

    String name(int number) {
        return channel.replace("{n}", Integer.toString(number));
    }

    /** The request that opens a stream. */
    byte[] stream(int number, String moreHeaders) {
        StringBuilder request = new StringBuilder("GET ")
                .append(streamPath.replace("{channel}", name(number)))
                .append(" HTTP/1.1\r\nHost: ")
                .append(servers.get(0).getAuthority())
                .append("\r\nAccept: text/event-stream\r\n");
        streamHeaders.forEach(header -> request.append(header).append("\r\n"));
        return request.append(moreHeaders).append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The request that publishes an event. */
    byte[] publish(int number, byte[] data) {
        String text = new String(data, StandardCharsets.US_ASCII);
        boolean form = contentType.equals("application/x-www-form-urlencoded");
        String filled = body.replace("{channel}", name(number))
                .replace("{data}", form ? URLEncoder.encode(text, StandardCharsets.UTF_8) : text);
        StringBuilder request = new StringBuilder("POST ")
                .append(publishPath.replace("{channel}", name(number)))
                .append(" HTTP/1.1\r\nHost: ")
                .append(servers.get(0).getAuthority())
                .append("\r\nContent-Type: ")
                .append(contentType)
                .append("\r\nContent-Length: ")
                .append(filled.getBytes(StandardCharsets.UTF_8).length)
                .append("\r\n");
        publishHeaders.forEach(header -> request.append(header).append("\r\n"));
        return request.append("\r\n").append(filled).toString().getBytes(StandardCharsets.UTF_8);
    }
}
