namespace sinkfeed {}
