graph [
  directed 0
  label "small"
  node [ id 0 label "Lyon" Latitude 45.76 Longitude 4.84 ]
  node [ id 1 label "Paris" Latitude 48.86 Longitude 2.35 ]
  node [ id 2 label "Nowhere" ]
  node [ id 7 label "Island" Latitude 10 Longitude 500 ]
  edge [ source 0 target 1 LinkSpeed "10" LinkSpeedUnits "G" LinkSpeedRaw 10000000000.0 ]
  edge [ source 1 target 0 LinkSpeedRaw 2500000000.0 ]
  edge [ source 1 target 2 LinkSpeedRaw -5 ]
  edge [ source 2 target 2 ]
]
