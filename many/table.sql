-- The table that many/run prints: SQLite, because only its printf() makes columns.
-- c2s: client to server, s2c: server to client.

SELECT printf('TCP Flow Asymmetry: %d %s, %d %s (%d one-way), %d segments in %d %s',
    COUNT(*), IIF(COUNT(*) = 1, 'server', 'servers'),
    COALESCE(SUM(connections), 0), IIF(SUM(connections) = 1, 'connection', 'connections'),
    COALESCE(SUM(one_way_connections), 0),
    COALESCE(SUM(c2s_packet_count + s2c_packet_count), 0),
    readable.captures, IIF(readable.captures = 1, 'capture', 'captures'))
FROM servers, (SELECT COUNT(*) AS captures FROM captures WHERE state <> 'failed') AS readable;

SELECT printf('From %s to %s', MIN(first_time), MAX(last_time)) FROM servers HAVING COUNT(*) > 0;

CREATE TEMP TABLE width AS SELECT MAX(6, COALESCE(MAX(LENGTH(server)), 0)) AS server FROM servers;

SELECT printf('%s%-*s %12s %27s %5s %25s %13s%s%-*s %6s %5s %13s %13s %5s %6s %5s %6s %5s %6s %6s',
    CHAR(10), server, '', 'connections', 'bytes', '', 'retransmissions', 'resets', CHAR(10),
    server, 'server', 'all', '1way', 'c2s', 's2c', 'PCR', 'c2s', '%', 's2c', '%', 'c2s', 's2c')
FROM width WHERE EXISTS (SELECT * FROM servers);

SELECT printf('%-*s %6d %5d %13d %13d %5s %6s %5s %6s %5s %6d %6d',
    width.server, s.server, connections, one_way_connections, c2s_byte_count, s2c_byte_count,
    IIF(pcr IS NULL, '-', printf('%+.2f', pcr)),
    COALESCE(c2s_retransmissions, '-'),
    IIF(c2s_retransmission_percent IS NULL, '-', printf('%.2f', c2s_retransmission_percent)),
    COALESCE(s2c_retransmissions, '-'),
    IIF(s2c_retransmission_percent IS NULL, '-', printf('%.2f', s2c_retransmission_percent)),
    c2s_rst_count, s2c_rst_count)
FROM servers AS s, width
ORDER BY c2s_byte_count + s2c_byte_count DESC, address, port;

SELECT CHAR(10) || printf(IIF(captures = 1, '%d capture: %s', '%d captures: %s'), captures, message)
FROM (SELECT message, COUNT(DISTINCT capture) AS captures FROM messages GROUP BY message)
ORDER BY captures DESC, message;
