graph [
  directed 0
  label "small"
  node [ id 0 label "Lyon" Latitude 45.76 Longitude 4.84 ]
  node [ id 1 label "Paris" Latitude 48.86 Longitude 2