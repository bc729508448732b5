package io.ssebridge.bench;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The way to use a server. In paths, headers and bodies, <code>{channel}</code> stands for the name of a channel, and
 * <code>{data}</code> for the data of an event.
 *
 * @param servers the addresses of the server; subscribers are spread over all of them, publishers use the first one
 * @param channel the name of a channel; <code>{n}</code> stands for its number
 * @param streamPath the path that opens a stream
 * @param publishPath the path that accepts an event
 * @param streamHeaders header lines of subscribers
 * @param publishHeaders header lines of publishers
 * @param contentType the content type of a published event; data in a form is percent-encoded
 * @param body the body of a published event
 * @param awaited the line that shows that a stream is subscribed; empty: the response head shows it
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
     * @throws IllegalArgumentException if an address is wrong
     */
    public Target {
        for (URI server : servers) {
            if (!"http".equals(server.getScheme()) || server.getHost() == null) {
                throw new IllegalArgumentException("%s (expected: http://host:port)".formatted(server));
            }
        }
    }

    /** Returns the address to which a subscriber connects. */
    InetSocketAddress address(int subscriber) {
        URI server = servers.get(subscriber % servers.size());
        return new InetSocketAddress(server.getHost(), server.getPort() < 0 ? 80 : server.getPort());
    }

    String name(int number) {
        return channel.replace("{n}", Integer.toString(number));
    }

    /** Returns the request that opens a stream. */
    byte[] stream(int number, String moreHeaders) {
        StringBuilder request = new StringBuilder("GET ")
                .append(streamPath.replace("{channel}", name(number)))
                .append(" HTTP/1.1\r\nHost: ")
                .append(servers.get(0).getAuthority())
                .append("\r\nAccept: text/event-stream\r\n");
        streamHeaders.forEach(header -> request.append(header).append("\r\n"));
        return request.append(moreHeaders).append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the request that publishes an event. */
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
