-- The next step of a run, if it stands where the saver saw it. ?1: id; ?2: the step seen; ?3: the run as JSON.
UPDATE aggregation_runs SET
  step              = step + 1,
  state             = ?3 ->> 'state',
  progress          = ?3 ->> 'progress',
  started_at        = ?3 ->> 'started_at',
  updated_at        = ?3 ->> 'updated_at',
  finished_at       = ?3 ->> 'finished_at',
  resume_after      = ?3 ->> 'resume_after',
  attempts          = ?3 ->> 'attempts',
  busy_ms           = ?3 ->> 'busy_ms',
  source            = ?3 ->> 'source',
  rows              = ?3 ->> 'rows',
  owners_changed    = ?3 ->> 'owners_changed',
  realtime_requests = ?3 ->> 'realtime_requests',
  batch_requests    = ?3 ->> 'batch_requests',
  control_requests  = ?3 ->> 'control_requests',
  drift             = ?3 ->> 'drift',
  sampled           = ?3 ->> 'sampled',
  whole             = ?3 ->> 'whole',
  final             = ?3 ->> 'final',
  outcome           = ?3 ->> 'outcome',
  error             = ?3 ->> 'error'
WHERE id = ?1 AND step = ?2
