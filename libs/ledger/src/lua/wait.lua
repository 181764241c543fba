-- Lets the channel wait. ARGV: 3 thr (asked to slow down) or tok (no access token), 4 ms. Only ever extended.
wait_until(base .. ARGV[3], now + tonumber(ARGV[4]))
return 1
