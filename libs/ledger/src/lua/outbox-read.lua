-- Pointers of the log after a position, for those who are behind. ARGV: 3 position (exclusive), 4 how many. The oldest position that
-- is kept, once the log has been trimmed, tells whether some are missing.
local first = call('XLEN', base .. 'ev') >= EVENTS_KEPT and call('XRANGE', base .. 'ev', '-', '+', 'COUNT', 1)[1][1] or ''
return { call('GET', base .. 'fan') or '', first, pointers('(' .. ARGV[3], ARGV[4]) }
