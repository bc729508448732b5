package io.ssebridge.personal;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Profile;

/**
 * An event, and the readers that an answer is for.
 *
 * @param cursor the cursor directly after the event
 * @param part the part of the readers' profiles
 */
record AnswerKey(ChannelName channel, Cursor.At cursor, Profile part) {}
